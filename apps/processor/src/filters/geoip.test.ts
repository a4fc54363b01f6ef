import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@gatelog/pipeline";
import { waitFor } from "@gatelog/testkit";
import { afterAll, expect, test } from "vitest";
import { eventOf, filtered, problemsOf, runFilters } from "./filters.test-helper.ts";
import { geoip } from "./geoip.ts";
import { writeMmdb } from "./mmdb.test-helper.ts";

const directory = mkdtempSync(join(tmpdir(), "gatelog-geoip-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const shanghai = {
  continent: { code: "AS", names: { en: "Asia" } },
  country: { iso_code: "CN", names: { en: "China", "zh-CN": "中国" } },
  subdivisions: [{ iso_code: "SH", names: { en: "Shanghai", "zh-CN": "上海" } }],
  city: { names: { en: "Shanghai", "zh-CN": "上海" } },
  location: { latitude: 31.2222, longitude: 121.4581, time_zone: "Asia/Shanghai" },
  postal: { code: "200000" },
};

const cityFile = fileOf("city.mmdb", "GeoLite2-City", {
  "203.0.113.0/24": shanghai,
  "198.51.100.0/25": { registered_country: { iso_code: "DE" }, location: { latitude: 951.5, longitude: 10.5 } },
  "2001:db8::/32": { country: { iso_code: "FR", names: { en: "France" } } },
});
const asnFile = fileOf("asn.mmdb", "GeoLite2-ASN", {
  "203.0.113.0/24": { autonomous_system_number: 4134, autonomous_system_organization: "CHINANET-BACKBONE" },
});

function fileOf(name: string, ...mmdb: Parameters<typeof writeMmdb>): string {
  const path = join(directory, name);
  writeFileSync(path, writeMmdb(...mmdb));
  return path;
}

const fieldsOf = (options: object, ip: unknown) => filtered([{ geoip: { source: "ip", file: cityFile, ...options } }], "x", { ip })?.fields;

test("geoip puts what a City file says into the fields of ECS, in the language that is asked for", () => {
  expect(fieldsOf({}, "203.0.113.7")?.["source"]).toEqual({
    geo: {
      continent_code: "AS",
      continent_name: "Asia",
      country_iso_code: "CN",
      country_name: "China",
      region_iso_code: "CN-SH",
      region_name: "Shanghai",
      city_name: "Shanghai",
      postal_code: "200000",
      timezone: "Asia/Shanghai",
      location: { lat: 31.2222, lon: 121.4581 },
    },
  });
  expect(fieldsOf({ locale: "zh-CN", target: "client" }, "203.0.113.7")).toMatchObject({
    client: { geo: { city_name: "上海", country_name: "中国", continent_name: "Asia" } },
  });
});

test("geoip knows IPv6, IPv4 within IPv6, and the first address of a list", () => {
  const countryOf = (ip: unknown) => (fieldsOf({ target: "[c.d]" }, ip)?.["c.d"] as { geo: object } | undefined)?.geo;
  expect(countryOf("2001:db8::1%eth0")).toEqual({ country_iso_code: "FR", country_name: "France" });
  expect(countryOf("::ffff:203.0.113.1")).toMatchObject({ country_iso_code: "CN" });
  expect(countryOf(["203.0.113.1", "10.0.0.1"])).toMatchObject({ country_iso_code: "CN" });
});

test("a place that is none on Earth is left out, for it would cost the whole document", () => {
  expect(fieldsOf({}, "198.51.100.1")?.["source"]).toEqual({ geo: { country_iso_code: "DE" } });
});

test("an ASN file names the network, beside what a City file said and what stood there", () => {
  const filters = [cityFile, asnFile].map((file) => ({ geoip: { source: "source.ip", file } }));
  const source = filtered(filters, "x", { source: { ip: "203.0.113.9" } })?.fields["source"];
  expect(source).toMatchObject({
    ip: "203.0.113.9",
    geo: { country_iso_code: "CN" },
    as: { number: 4134, organization: { name: "CHINANET-BACKBONE" } },
  });
});

test("an address that the file does not know, such as a private one, changes nothing unless a tag is asked for", () => {
  for (const ip of ["10.0.0.1", "192.168.1.1", "fd00::1", "198.51.100.200"]) {
    expect(fieldsOf({}, ip)).toEqual({ ip });
    expect(fieldsOf({ tagOnUnknown: ["_geoip_lookup_failure"] }, ip)).toEqual({ ip, tags: ["_geoip_lookup_failure"] });
  }
  expect(fieldsOf({ tagOnUnknown: ["x"] }, "")).toEqual({ ip: "" });
});

test("what is no address is a failure on that event", () => {
  const { events, failures } = runFilters([{ geoip: { source: "ip", file: cityFile } }], [eventOf("x", { ip: "nobody" })]);
  expect(events[0]?.fields).toEqual({ ip: "nobody", tags: ["_geoip_lookup_failure"] });
  expect(failures).toEqual(["geoip: ip is no IP address"]);
});

test("behind ecs it finds the address of the record, and adds to the document beside it", () => {
  const record = { v: 1, id: "i", requestTime: "2026-11-23T08:00:00.000Z", gateway: "g", boot: "b", seq: 1, clientIp: "203.0.113.7" };
  const event = filtered(["parseRecord", "ecs", { geoip: { file: cityFile } }], JSON.stringify(record));
  expect(event?.document?.["source"]).toMatchObject({ ip: "203.0.113.7", geo: { city_name: "Shanghai" } });
});

test("a file that is missing, cut off, no MaxMind file, or of another kind is refused at the start in one sentence", () => {
  const refused = (name: string, content?: Buffer) => {
    const file = join(directory, name);
    if (content !== undefined) writeFileSync(file, content);
    return expect(() => fieldsOf({ file }, "203.0.113.1"));
  };
  const whole = writeMmdb("GeoLite2-City", { "203.0.113.0/24": shanghai });
  refused("none.mmdb").toThrow(/^the MaxMind file of geoip cannot be used: .*none\.mmdb: [^\n]*$/);
  for (const content of [Buffer.alloc(0), Buffer.from("hello"), whole.subarray(0, whole.length / 2), whole.subarray(whole.length / 2)])
    refused("broken.mmdb", content).toThrow(/broken\.mmdb: it is no MaxMind file \(\.mmdb\), or not the whole of one$/);
  const broken = writeMmdb("GeoLite2-City", { "203.0.0.0/8": shanghai });
  refused("zeros.mmdb", broken.fill(0, broken.indexOf("continent") - 2, broken.indexOf("MaxMind.com") - 3)).toThrow(
    /it is a broken MaxMind file/,
  );
  refused("domain.mmdb", writeMmdb("GeoIP2-Domain", { "203.0.113.0/24": { domain: "a.cn" } })).toThrow(
    /City, Country or ASN file is needed/,
  );
});

test("a target that an event has for itself is refused", () => {
  expect(problemsOf([{ geoip: { file: cityFile, target: "id" } }])).toEqual([expect.stringContaining("cannot be changed")]);
  expect(problemsOf([{ geoip: {} }])).toEqual([expect.stringContaining("file")]);
});

test("a file that changes is read anew, and a broken one leaves the one before with a notice", async () => {
  const file = join(directory, "changing.mmdb");
  const put = (content: Buffer) => {
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  };
  const database = (code: string) => writeMmdb("GeoLite2-Country", { "203.0.113.0/24": { country: { iso_code: code } } });
  put(database("CN"));
  const notices: string[] = [];
  const step = geoip.create(
    { source: "ip", file, target: "source", locale: "en", tagOnUnknown: [], refreshMs: 10 },
    { seedTimeZone: "UTC", resolvePath: (path) => path, clock: systemClock, onNotice: ({ message }) => notices.push(message) },
  );
  const country = () => {
    const event = eventOf("x", { ip: "203.0.113.1" });
    step.apply(event);
    return (event.fields["source"] as { geo: { country_iso_code: string } }).geo.country_iso_code;
  };
  try {
    expect(country()).toBe("CN");
    put(database("FR"));
    await waitFor(() => country() === "FR");
    put(database("DE").subarray(10, 200));
    await waitFor(() => notices.some((notice) => notice.includes("cannot be used any more")));
    expect(country()).toBe("FR");
  } finally {
    step.close?.();
  }
});
