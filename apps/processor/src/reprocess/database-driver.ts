/** What a run needs of databases: a file of its own beside the program, for only a run with `--database` loads it. */
export { DatabaseError, openDatabase } from "@gatelog/database";
