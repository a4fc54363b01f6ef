import type { ReactNode } from "react";

interface NoticeProps {
  readonly tone: "red" | "orange";
  readonly title: string;
  readonly children: ReactNode;
}

/** Something about the record that must be seen before the rest. */
export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <section className={`notice notice-${tone}`}>
      <h3>{title}</h3>
      <div>{children}</div>
    </section>
  );
}
