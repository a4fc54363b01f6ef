const raw = String.raw;
const group = "[0-9A-Fa-f]{1,4}";
const octet = "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})";
const ipv4 = raw`${octet}(?:\.${octet}){3}`;

/** Addresses, hosts, paths and URIs. */
export const networkPatterns: Readonly<Record<string, string>> = {
  MAC: "(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})",
  CISCOMAC: raw`(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}`,
  WINDOWSMAC: "(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}",
  COMMONMAC: "(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}",
  IPV6: ipv6(),
  IPV4: raw`(?<!\d)${ipv4}(?!\d)`,
  IP: "(?:%{IPV6}|%{IPV4})",
  HOSTNAME: raw`\b[0-9A-Za-z][0-9A-Za-z_-]{0,62}(?:\.[0-9A-Za-z][0-9A-Za-z_-]{0,62})*(?:\.?|\b)`,
  HOST: "%{HOSTNAME}",
  IPORHOST: "(?:%{IP}|%{HOSTNAME})",
  HOSTPORT: "%{IPORHOST}:%{POSINT}",
  UNIXPATH: raw`(?:/[\w%!$@:.,+~-]*)+`,
  WINPATH: raw`(?:[A-Za-z]:|\\)(?:\\[^\\?*]*)+`,
  PATH: "(?:%{UNIXPATH}|%{WINPATH})",
  TTY: raw`/dev/(?:pts|tty[pq]?)\w*/?\d+`,
  URIPROTO: raw`[A-Za-z][A-Za-z0-9+.-]+`,
  URIHOST: "%{IPORHOST}(?::%{POSINT})?",
  URIPATH: raw`/[\w$.+!*'(){},~:;=@#%&/-]*`,
  URIQUERY: raw`[\w$.+!*'|(){},~@#%&/=:;?\-\[\]<>]*`,
  URIPARAM: raw`\?%{URIQUERY}`,
  URIPATHPARAM: raw`%{URIPATH}(?:\?%{URIQUERY})?`,
  URI: raw`%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?`,
};

/** The forms of RFC 4291; those with more behind the gap come first, so that an address is never cut short. */
function ipv6(): string {
  const withIpv4 = [`(?:${group}:){6}${ipv4}`, `(?:${group}:){1,5}(?::${group}){0,4}:${ipv4}`, `::(?:${group}:){0,5}${ipv4}`];
  const gaps = [1, 2, 3, 4, 5, 6].map((before) => `(?:${group}:){1,${before}}(?::${group}){1,${7 - before}}`);
  const forms = [...withIpv4, `(?:${group}:){7}${group}`, ...gaps, `(?:${group}:){1,7}:`, `:(?::${group}){1,7}`, "::"];
  return raw`(?:${forms.join("|")})(?:%[\w.-]+)?`;
}
