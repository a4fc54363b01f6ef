/** The columns that a text search looks at, and the indexes that `database.textSearch` gives them on PostgreSQL. */
export const textIndexes = [
  { table: "interface_log", column: "url", name: "interface_log_url_text" },
  { table: "interface_body", column: "request_content", name: "interface_body_request_text" },
  { table: "interface_body", column: "response_content", name: "interface_body_response_text" },
  { table: "interface_body", column: "raw_line", name: "interface_body_raw_text" },
] as const;
