import { expect, test } from "vitest";
import { isPersonalName } from "./personal-names.ts";

test.each(
  "mobile phone userPhone contact_mobile phoneNumber tel idCard id_card_no IDCardNo idNo id-number certNo passportNo ssn bankCard bankCardNo cardNo accountNo realName customer_name lastName email userEmail e-mail birthday address homeAddress wechatId phone1 sfz sfzh sfzhm zjh sjh user_sjh sjhm lxdh dhhm yhkh yhzh xm XM xingming shenfenzheng shouji dizhi csrq 身份证号 身份证号码 证件号 姓名 客户姓名 手机号 手机号码 联系电话 电话 银行卡号 卡号 账号 帐号 住址 家庭地址 地址 邮箱 出生日期"
    .split(" ")
    .map((name) => [name]),
)("%s names personal data", (name) => expect(isPersonalName(name)).toBe(true));

test.each(
  "isMobile hasEmail sec-ch-ua-mobile name productName username nickname email_template_id emailVerified phoneModel headphone microphone paidNumber validNo cardType bankName ipAddress macAddress remote_address address_id id no code xmlns xm_id total 商品名称 名称 IP地址 接口地址 手机型号 电话会议 账号类型 message accountId"
    .split(" ")
    .map((name) => [name]),
)("%s does not", (name) => expect(isPersonalName(name)).toBe(false));
