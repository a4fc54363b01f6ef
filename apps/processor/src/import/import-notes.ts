import type { Place } from "./logstash-syntax.ts";

/** What became of something that has no exact equivalent. */
export interface ImportNote {
  /** What it is: `filter grok overwrite`. */
  readonly what: string;
  /** Where it stands; none where it is something that is not there. */
  readonly place?: Place;
  /** What it means, in one sentence: what is different, what to do. */
  readonly message: string;
}

/** Collects what an import has to say. */
export class ImportNotes {
  readonly #notes: ImportNote[] = [];
  readonly #errors: ImportNote[] = [];

  /** Something that is different, or is not needed. */
  add(note: ImportNote): void {
    push(this.#notes, note);
  }

  /** Something that has to be put right by hand before the YAML does what the file did. */
  addError(note: ImportNote): void {
    push(this.#errors, note);
  }

  /** In the order of the files. */
  notes(): readonly ImportNote[] {
    return inOrder(this.#notes);
  }

  errors(): readonly ImportNote[] {
    return inOrder(this.#errors);
  }
}

/** A note in one line, with file and line. */
export function describeNote({ what, place, message }: ImportNote): string {
  return `${place === undefined ? "" : `${place.file}:${place.line} `}${what}: ${message}`.replaceAll(/\s+/g, " ");
}

function push(notes: ImportNote[], note: ImportNote): void {
  const isSame = (other: ImportNote) =>
    other.what === note.what &&
    other.message === note.message &&
    other.place?.line === note.place?.line &&
    other.place?.file === note.place?.file;
  if (!notes.some(isSame)) notes.push(note);
}

/** Files keep the order in which they were told of. */
function inOrder(notes: readonly ImportNote[]): readonly ImportNote[] {
  const files = [...new Set(notes.map(({ place }) => place?.file))];
  const rank = ({ place }: ImportNote) => (place === undefined ? Infinity : files.indexOf(place.file));
  return notes.toSorted((left, right) => {
    const byFile = rank(left) - rank(right);
    return Number.isNaN(byFile) || byFile === 0 ? (left.place?.line ?? 0) - (right.place?.line ?? 0) : byFile;
  });
}
