export type Pair = readonly [name: string, value: string];

interface PairTableProps {
  readonly title: string;
  readonly pairs: readonly Pair[];
  readonly empty?: string;
}

/** Names and values, such as headers. */
export function PairTable({ title, pairs, empty }: PairTableProps) {
  return (
    <div className="pairs">
      <h3>{title}</h3>
      {pairs.length === 0 ? (
        <p className="dim">{empty}</p>
      ) : (
        <table>
          <tbody>
            {pairs.map(([name, value], index) => (
              // A header may come twice with one value: its place is its identity.
              // oxlint-disable-next-line react/no-array-index-key
              <tr key={index}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
