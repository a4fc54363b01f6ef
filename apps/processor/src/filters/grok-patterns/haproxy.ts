const raw = String.raw;

const start = "(?:%{SYSLOGTIMESTAMP:timestamp}|%{TIMESTAMP_ISO8601:timestamp}) %{IPORHOST:host.hostname} %{SYSLOGPROG}: ";
const client = raw`%{IP:source.address}:%{INT:source.port:int} \[%{HAPROXYDATE:haproxy.request_date}\] %{NOTSPACE:haproxy.frontend_name}`;
const backend = "%{NOTSPACE:haproxy.backend_name}/(?:<NOSRV>|%{NOTSPACE:haproxy.server_name})";
const connections =
  "%{INT:haproxy.connections.active:int}/%{INT:haproxy.connections.frontend:int}/%{INT:haproxy.connections.backend:int}/%{INT:haproxy.connections.server:int}/%{NOTSPACE:haproxy.connections.retries:int} %{INT:haproxy.server_queue:int}/%{INT:haproxy.backend_queue:int}";
const end = `%{NOTSPACE:haproxy.termination_state} ${connections}`;

/** Lines of HAProxy. */
export const haproxyPatterns: Readonly<Record<string, string>> = {
  HAPROXYTIME: raw`(?<!\d)%{HOUR}:%{MINUTE}:%{SECOND}(?!\d)`,
  HAPROXYDATE: "%{MONTHDAY}/%{MONTH}/%{YEAR}:%{HAPROXYTIME}",
  HAPROXYCAPTUREDREQUESTHEADERS: "%{DATA:haproxy.http.request.captured_headers}",
  HAPROXYCAPTUREDRESPONSEHEADERS: "%{DATA:haproxy.http.response.captured_headers}",
  HAPROXYURI: raw`(?:%{URIPROTO:url.scheme}://)?(?:%{USER:url.username}(?::[^@ ]*)?@)?(?:%{IPORHOST:url.domain}(?::%{POSINT:url.port:int})?)?(?:%{URIPATH:url.path}(?:\?%{URIQUERY:url.query})?)?`,
  HAPROXYHTTPREQUESTLINE: "(?:<BADREQ>|%{WORD:http.request.method} %{HAPROXYURI:url.original}(?: HTTP/%{NUMBER:http.version})?)",
  HAPROXYHTTPBASE: raw`${client} ${backend} (?:-1|%{INT:haproxy.http.request.time_wait_ms:int})/(?:-1|%{INT:haproxy.total_waiting_time_ms:int})/(?:-1|%{INT:haproxy.connection_wait_time_ms:int})/(?:-1|%{INT:haproxy.http.request.time_wait_without_data_ms:int})/%{NOTSPACE:haproxy.total_time_ms:int} %{INT:http.response.status_code:int} %{NOTSPACE:source.bytes:int} (?:-|%{DATA:haproxy.http.request.captured_cookie}) (?:-|%{DATA:haproxy.http.response.captured_cookie}) ${end}(?: \{%{HAPROXYCAPTUREDREQUESTHEADERS}\}(?: \{%{HAPROXYCAPTUREDRESPONSEHEADERS}\})?)?(?: "%{HAPROXYHTTPREQUESTLINE}"?)?`,
  HAPROXYHTTP: `${start}%{HAPROXYHTTPBASE}`,
  HAPROXYTCP: `${start}${client} ${backend} (?:-1|%{INT:haproxy.total_waiting_time_ms:int})/(?:-1|%{INT:haproxy.connection_wait_time_ms:int})/%{NOTSPACE:haproxy.total_time_ms:int} %{NOTSPACE:source.bytes:int} ${end}`,
  HAPROXYERROR: `${start}${client}/%{NOTSPACE:haproxy.bind_name}: %{GREEDYDATA:haproxy.error_message}`,
};
