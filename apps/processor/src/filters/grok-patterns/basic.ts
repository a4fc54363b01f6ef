const raw = String.raw;

/** Words, numbers and texts. */
export const basicPatterns: Readonly<Record<string, string>> = {
  USERNAME: raw`[\w.-]+`,
  USER: "%{USERNAME}",
  EMAILLOCALPART: raw`[\w!#$%&'*+\-/=?^{|}~.` + "`]{1,64}",
  EMAILADDRESS: "%{EMAILLOCALPART}@%{HOSTNAME}",
  INT: raw`[+-]?\d+`,
  BASE10NUM: raw`(?<![\d.+-])[+-]?(?:\d+(?:\.\d+)?|\.\d+)`,
  NUMBER: "%{BASE10NUM}",
  BASE16NUM: raw`(?<![0-9A-Fa-f])[+-]?(?:0x)?[0-9A-Fa-f]+`,
  BASE16FLOAT: raw`\b(?<![0-9A-Fa-f.])[+-]?(?:0x)?(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?|\.[0-9A-Fa-f]+)\b`,
  POSINT: raw`\b[1-9]\d*\b`,
  NONNEGINT: raw`\b\d+\b`,
  WORD: raw`\b\w+\b`,
  NOTSPACE: raw`\S+`,
  SPACE: raw`\s*`,
  DATA: ".*?",
  GREEDYDATA: ".*",
  QUOTEDSTRING: raw`(?<!\\)(?:"(?:\\.|[^\\"])*"|'(?:\\.|[^\\'])*'|` + "`(?:\\\\.|[^\\\\`])*`)",
  QS: "%{QUOTEDSTRING}",
  UUID: "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}",
  URN: raw`urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:(?:%[0-9A-Fa-f]{2}|[\w()+,.:=@;$!*'/?#-])+`,
  LOGLEVEL: raw`(?:[Aa]lert|ALERT|[Tt]race|TRACE|[Dd]ebug|DEBUG|[Nn]otice|NOTICE|[Ii]nfo(?:rmation)?|INFO(?:RMATION)?|[Ww]arn(?:ing)?|WARN(?:ING)?|[Ee]rr(?:or)?|ERR(?:OR)?|[Cc]rit(?:ical)?|CRIT(?:ICAL)?|[Ff]atal|FATAL|[Ss]evere|SEVERE|[Ee]merg(?:ency)?|EMERG(?:ENCY)?)`,
};
