const dayMs = 86_400_000;

/** The day of rows whose time is not known; they age by when they were stored. */
export const undatedDay = "1970-01-01";

/** No call with a day is older: what is earlier has the undated day. */
export const firstDay = "2015-01-01";

/** How long rows are kept, in days after the day of the call. */
export interface Retention {
  /** Rows of `interface_log` and `ledger_mark`. */
  readonly metadataDays: number;
  /** Rows of `interface_body`; never longer than the call's row in `interface_log`. */
  readonly bodyDays: number;
  /** Rows of `call_roll_up`. */
  readonly rollUpDays: number;
  /** Projects whose calls are kept longer or shorter than the rest. */
  readonly projects?: Readonly<Record<string, ProjectRetention>>;
}

/** What differs for a project. */
export interface ProjectRetention {
  readonly metadataDays?: number | undefined;
  readonly bodyDays?: number | undefined;
}

/** First days that are kept, `YYYY-MM-DD`, each. */
export interface KeptFrom {
  readonly metadata: string;
  readonly body: string;
}

/** What a retention means on one day. */
export class Cutoffs {
  readonly #retention: Retention;
  readonly #nowMs: number;

  constructor(retention: Retention, nowMs: number) {
    this.#retention = retention;
    this.#nowMs = nowMs;
  }

  /** The UTC day on which it is looked at. */
  get today(): string {
    return this.#day(0);
  }

  /** Of a project's calls; null: of those without one. */
  of(project: string | null): KeptFrom {
    const { metadataDays, bodyDays } = this.#daysOf(project === null ? undefined : this.#projectOf(project));
    return { metadata: this.#day(metadataDays), body: this.#day(bodyDays) };
  }

  /** Whether the project has a retention of its own. */
  isOwn(project: string | null): boolean {
    return project !== null && this.#projectOf(project) !== undefined;
  }

  /** Projects that have a retention of their own. */
  get ownProjects(): readonly string[] {
    return Object.keys(this.#retention.projects ?? {});
  }

  /** What no project keeps any longer. */
  get longest(): KeptFrom {
    const all = [undefined, ...Object.values(this.#retention.projects ?? {})].map((project) => this.#daysOf(project));
    const most = (key: "metadataDays" | "bodyDays") => this.#day(Math.max(...all.map((days) => days[key])));
    return { metadata: most("metadataDays"), body: most("bodyDays") };
  }

  get rollUp(): string {
    return this.#day(this.#retention.rollUpDays);
  }

  #daysOf(project: ProjectRetention | undefined): { metadataDays: number; bodyDays: number } {
    const metadataDays = project?.metadataDays ?? this.#retention.metadataDays;
    return { metadataDays, bodyDays: Math.min(project?.bodyDays ?? this.#retention.bodyDays, metadataDays) };
  }

  #projectOf(name: string): ProjectRetention | undefined {
    const { projects = {} } = this.#retention;
    return Object.hasOwn(projects, name) ? projects[name] : undefined;
  }

  #day(days: number): string {
    return dayOf(this.#nowMs - days * dayMs);
  }
}

/** The UTC day of a time. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The beginning of a day. */
export function midnightMs(day: string): number {
  return Date.parse(`${day}T00:00:00.000Z`);
}
