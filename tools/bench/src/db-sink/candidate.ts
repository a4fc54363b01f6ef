/** What one candidate did with the topic, or with a part of it. */
export interface Run {
  readonly rows: number;
  /** From the first record in its hands to the last row in the database. */
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** Of its process alone, all its threads. */
  readonly cpuMicrosPerRow: number;
  /** Peak since its start; of a JVM with its default heap, a quarter of the machine at most. */
  readonly rssMiB: number;
  readonly transactions: number;
  readonly commitP99Ms: number;
  /** Longest time from one commit to the next. */
  readonly stallMaxMs: number;
  /** Cores that programs kept busy that are not of this bench, and the servers. */
  readonly foreignCores: number;
}

/** How one candidate is run, in a database of its own that is given. */
export interface Candidate {
  readonly name: string;
  readonly run: (place: RunPlace) => Promise<Run>;
}

/** What is made for one run, and is gone after it. */
export interface RunPlace {
  readonly directory: string;
  readonly database: BenchDatabase;
  /** A consumer group of its own. */
  readonly group: string;
}

/** An empty database. */
export interface BenchDatabase {
  readonly url: string;
  readonly jdbc: JdbcAccess;
  /** Rows and ids of `interface_log`, and rows of `interface_body`. */
  count(): Promise<{ readonly calls: number; readonly ids: number; readonly bodies: number }>;
  drop(): Promise<void>;
}

/** How a Java program gets there. */
export interface JdbcAccess {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** A server of databases, or a directory of them. */
export interface BenchDatabases {
  readonly dialect: "postgresql" | "mariadb" | "sqlite";
  create(name: string): Promise<BenchDatabase>;
  stop(): Promise<void>;
}
