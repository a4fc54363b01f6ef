import { basicPatterns } from "./basic.ts";
import { datePatterns } from "./dates.ts";
import { haproxyPatterns } from "./haproxy.ts";
import { httpdPatterns } from "./httpd.ts";
import { javaPatterns } from "./java.ts";
import { networkPatterns } from "./network.ts";
import { syslogPatterns } from "./syslog.ts";

/** The patterns that grok knows, by name: those of Logstash's users, written for JavaScript's engine. */
export const grokPatterns: ReadonlyMap<string, string> = new Map(
  [basicPatterns, datePatterns, networkPatterns, httpdPatterns, syslogPatterns, haproxyPatterns, javaPatterns].flatMap((patterns) =>
    Object.entries(patterns),
  ),
);
