import type { Setting } from "./setting-tree.ts";

/** What happened to a setting that has no exact equivalent. */
export interface ImportNote {
  /** Where it stands, as Filebeat's documentation writes it: `filebeat.inputs[0].harvester_buffer_size`. */
  readonly key: string;
  /** Its line in the file; none where it is something that is not there. */
  readonly line?: number;
  /** What it means, in one sentence: what is different, what to do. */
  readonly message: string;
}

/** Collects notes; what is told of counts as settled, with all that is in it. */
export class ImportNotes {
  readonly #notes: ImportNote[] = [];
  readonly #errors: ImportNote[] = [];

  add(setting: Setting, message: string): void {
    settle(setting);
    push(this.#notes, { key: setting.key, line: setting.line, message });
  }

  /** Something that has to be put right by hand before the YAML does what the file did. */
  addError(setting: Setting, message: string): void {
    settle(setting);
    push(this.#errors, { key: setting.key, line: setting.line, message });
  }

  /** Something that has no place in the file, for instance because it is missing. */
  addGeneral(key: string, message: string): void {
    push(this.#notes, { key, message });
  }

  addGeneralError(key: string, message: string): void {
    push(this.#errors, { key, message });
  }

  /** Tells of everything that nothing asked for: the topmost setting of which no part was used. */
  tellUnknown(setting: Setting): void {
    if (isUntouched(setting)) {
      this.add(setting, "is not known to this import and was left out: look up what it does, and whether you need it");
      return;
    }
    const inner = setting.kind === "map" ? setting.entries.values() : setting.kind === "list" ? setting.items : [];
    for (const next of inner) this.tellUnknown(next);
  }

  /** In the order of the file. */
  notes(): readonly ImportNote[] {
    return inOrder(this.#notes);
  }

  errors(): readonly ImportNote[] {
    return inOrder(this.#errors);
  }
}

function settle(setting: Setting): void {
  setting.isSettled = true;
  const inner = setting.kind === "map" ? setting.entries.values() : setting.kind === "list" ? setting.items : [];
  for (const next of inner) settle(next);
}

/** An empty map or list says nothing, and so is nothing that could be passed over. */
function isUntouched(setting: Setting): boolean {
  if (setting.key === "" || setting.isSettled) return false;
  if (setting.kind === "scalar") return true;
  const inner = setting.kind === "map" ? [...setting.entries.values()] : setting.items;
  return inner.length > 0 && inner.every((next) => isUntouched(next));
}

function push(notes: ImportNote[], note: ImportNote): void {
  if (!notes.some(({ key, message }) => key === note.key && message === note.message)) notes.push(note);
}

function inOrder(notes: readonly ImportNote[]): readonly ImportNote[] {
  return notes.toSorted((left, right) => (left.line ?? Infinity) - (right.line ?? Infinity));
}
