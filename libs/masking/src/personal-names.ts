/**
 * Names of personal data, for profile `cn-pipl`. Each list is matched against the words of a name (`userIdCard_no` has the
 * words `user`, `id`, `card`, `no`), so that `email_template_id`, `paidNumber` and `headphone` are none of them.
 */

const number = "(?:_?(?:no|num|nbr|number|code))?";

/** At the end of a name, as whole words. */
const englishAtEnd = [
  `(?:mobile|phone|telephone|cell_?phone|tel|msisdn)${number}`,
  `id_?card${number}`,
  "id_?(?:no|num|number)",
  "(?:cert|certificate)_?(?:no|num|number)",
  "(?:identity|identification)_?(?:card|no|num|number|code)",
  `(?:passport|driver_?licen[cs]e|social_?security)${number}`,
  "ssn",
  "citizen_?(?:id|no|number)",
  `(?:bank|credit|debit)_?card${number}`,
  "card_?(?:no|num|number)",
  "(?:account|acct|acc)_?(?:no|num|number)",
  `bank_?(?:account|acct|acc)${number}`,
  "iban",
  "(?:real|true|full|first|last|family|given|legal|cust|customer|contact|holder|cardholder|payer|payee|receiver|consignee|recipient|patient|student|insured|applicant)_?name",
  "(?:home|postal|mailing|shipping|delivery|receiver|recipient|contact|billing|residential|street|family|living|detail|detailed|user)_?(?:address|addr)",
  "e_?mail(?:_?(?:address|addr|account))?",
  "mail_?box",
  "birth(?:day|_?date)",
  "date_?of_?birth",
  "dob",
  "(?:plate|license_?plate)_?(?:no|num|number)",
  "wechat(?:_?(?:id|no|num|number))?",
];
/** Only where nothing else stands beside it: `ipAddress` is no address of a person, and `xm` anything. */
const englishAlone = ["address", "addr", "pan", "qq", "xm", "realname"];

/** Pinyin and abbreviations, at the end of a name, as whole words. */
const pinyinAtEnd = [
  // Identity card, certificate.
  "sfz(?:h|hm|jh|jhm)?|zjh|zjhm|shenfenzheng(?:hao|haoma)?|zhengjianhao(?:ma)?",
  // Telephone.
  "sjh|sjhm|shouji(?:hao|haoma)?|lxdh|lxfs|dhhm|yddh|gddh|jtdh|lxrdh|dianhua(?:haoma)?|lianxidianhua|lianxifangshi",
  // Bank card, account.
  "yhkh|yhkhm|yhzh|yhzhm|yinhangka(?:hao)?|yinhangzhanghao|kahao|zhanghao",
  // Name.
  "xingming|zsxm|khxm|lxrxm",
  // Address.
  "jtzz|jtdz|lxdz|txdz|hjdz|xxdz|zhuzhi|dizhi",
  // Mail, birthday, plate, WeChat.
  "dzyx|dzyj|youxiang|csrq|chushengriqi|cphm?|chepaihao|wxh|weixinhao",
];

/** At the end of a name. */
const chineseAtEnd =
  /(?:身份证(?:件)?(?:号码?)?|证件号码?|护照号码?|姓名|手机号码?|联系手机|电话(?:号码?)?|联系方式|银行卡(?:号码?)?|卡号|[账帐]号|银行[账帐]户|住址|(?:家庭|联系|收货|收件|居住|通讯|通信|户籍|详细|邮寄)地址|邮箱(?:地址)?|电子邮[件箱](?:地址)?|出生(?:日期|年月)|生日|微信号|车牌号码?|社保(?:卡)?号)$/;
const chineseAlone = /^地址$/;

/** `isMobile`, `hasEmail` and the header `Sec-CH-UA-Mobile` only say whether. */
const asciiNames = new RegExp(
  `^(?:${englishAlone.join("|")})\\d{0,2}$|(?:^|_)(?<!(?:^|_)(?:is|has|ua)_)(?:${[...englishAtEnd, ...pinyinAtEnd].join("|")})(?:_?\\d{1,2})?$`,
);

/** True when a value under this name is personal data. Case and separators do not matter. */
export function isPersonalName(name: string): boolean {
  const words = toWords(name);
  return asciiNames.test(words) || chineseAtEnd.test(words) || chineseAlone.test(words);
}

/** `userIDCard-No` becomes `user_id_card_no`. */
function toWords(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z0-9\u00C0-\uFFFF]+/g, "_")
    .replaceAll(/^_|_$/g, "")
    .toLowerCase();
}
