const raw = String.raw;

/** Access and error logs of Apache's and nginx's servers. */
export const httpdPatterns: Readonly<Record<string, string>> = {
  HTTPDUSER: "(?:%{EMAILADDRESS}|%{USER})",
  HTTPDERROR_DATE: "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{YEAR}",
  HTTPD_REQUEST: raw`(?:%{WORD:http.request.method} %{NOTSPACE:url.original}(?: HTTP/%{NUMBER:http.version})?|%{DATA})`,
  HTTPD_COMMONLOG: raw`%{IPORHOST:source.address} (?:-|%{HTTPDUSER:apache.access.user.identity}) (?:-|%{HTTPDUSER:user.name}) \[%{HTTPDATE:timestamp}\] "%{HTTPD_REQUEST}" (?:-|%{INT:http.response.status_code:int}) (?:-|%{INT:http.response.body.bytes:int})`,
  HTTPD_COMBINEDLOG: raw`%{HTTPD_COMMONLOG} "(?:-|%{DATA:http.request.referrer})" "(?:-|%{DATA:user_agent.original})"`,
  COMMONAPACHELOG: "%{HTTPD_COMMONLOG}",
  COMBINEDAPACHELOG: "%{HTTPD_COMBINEDLOG}",
  HTTPD20_ERRORLOG: raw`\[%{HTTPDERROR_DATE:timestamp}\] \[%{LOGLEVEL:log.level}\] (?:\[client %{IPORHOST:source.address}\] )?%{GREEDYDATA:message}`,
  HTTPD24_ERRORLOG: raw`\[%{HTTPDERROR_DATE:timestamp}\] \[(?:%{WORD:apache.error.module})?:%{LOGLEVEL:log.level}\] \[pid %{POSINT:process.pid:int}(?::tid %{INT:process.thread.id:int})?\](?: \(%{POSINT:apache.error.proxy.error.code}\)%{DATA:apache.error.proxy.error.message}:)?(?: \[client %{IPORHOST:source.address}(?::%{POSINT:source.port:int})?\])?(?: %{WORD:error.code}:)? %{GREEDYDATA:message}`,
  HTTPD_ERRORLOG: "(?:%{HTTPD20_ERRORLOG}|%{HTTPD24_ERRORLOG})",
  NGINXACCESS: raw`%{IPORHOST:source.address} - (?:-|%{NOTSPACE:user.name}) \[%{HTTPDATE:timestamp}\] "%{HTTPD_REQUEST}" %{INT:http.response.status_code:int} %{INT:http.response.body.bytes:int}(?: "(?:-|%{DATA:http.request.referrer})" "(?:-|%{DATA:user_agent.original})"(?: "(?:-|%{DATA:network.forwarded_ip})")?)?`,
  NGINXERROR_DATE: "%{YEAR}/%{MONTHNUM2}/%{MONTHDAY} %{TIME}",
  NGINXERROR: raw`%{NGINXERROR_DATE:timestamp} \[%{LOGLEVEL:log.level}\] %{POSINT:process.pid:int}#%{NONNEGINT:process.thread.id:int}: (?:\*%{NONNEGINT:nginx.error.connection_id:int} )?%{GREEDYDATA:message}`,
};
