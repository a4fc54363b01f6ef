const raw = String.raw;

/** Lines of Java's programs, and of Tomcat. */
export const javaPatterns: Readonly<Record<string, string>> = {
  JAVACLASS: raw`(?:[A-Za-z$_][\w$]*\.)*[A-Za-z$_][\w$]*`,
  JAVAFILE: raw`[\w$. -]+`,
  JAVAMETHOD: raw`(?:<(?:cl)?init>|[A-Za-z$_][\w$]*)`,
  JAVASTACKTRACEPART: raw`%{SPACE}at %{JAVACLASS:java.log.origin.class.name}\.%{JAVAMETHOD:log.origin.function}\(%{JAVAFILE:log.origin.file.name}(?::%{INT:log.origin.file.line:int})?\)`,
  JAVATHREAD: raw`[A-Z]{2}-Processor\d+`,
  JAVALOGMESSAGE: ".*",
  CATALINA7_DATESTAMP: "%{MONTH} %{MONTHDAY}, %{YEAR} %{HOUR}:%{MINUTE}:%{SECOND} (?:AM|PM)",
  CATALINA7_LOG: raw`%{CATALINA7_DATESTAMP:timestamp} %{JAVACLASS:java.log.origin.class.name}(?: %{JAVAMETHOD:log.origin.function})?\s*(?:%{LOGLEVEL:log.level}:)? %{JAVALOGMESSAGE:message}`,
  CATALINA8_DATESTAMP: "%{MONTHDAY}-%{MONTH}-%{YEAR} %{HOUR}:%{MINUTE}:%{SECOND}",
  CATALINA8_LOG: raw`%{CATALINA8_DATESTAMP:timestamp} %{LOGLEVEL:log.level} \[%{DATA:java.log.origin.thread.name}\] %{JAVACLASS:java.log.origin.class.name}\.(?:%{JAVAMETHOD:log.origin.function})? %{JAVALOGMESSAGE:message}`,
  CATALINA_DATESTAMP: "(?:%{CATALINA8_DATESTAMP}|%{CATALINA7_DATESTAMP})",
  CATALINALOG: "(?:%{CATALINA8_LOG}|%{CATALINA7_LOG})",
  TOMCAT_DATESTAMP: "%{CATALINA_DATESTAMP}",
  TOMCATLOG: "%{CATALINALOG}",
};
