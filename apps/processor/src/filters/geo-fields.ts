type Values = Record<string, unknown>;

/** What a MaxMind file says of an address, with the names of ECS. */
export interface AddressFindings {
  readonly geo?: Values;
  readonly as?: Values;
}

/**
 * The findings of a City, Country, ASN or ISP file; files of other makers leave parts out, so that nothing is taken for granted.
 *
 * **Shape**: `{"geo":{"country_iso_code":"CN","city_name":"Shanghai","location":{"lat":31.2,"lon":121.5}},"as":{"number":4134,"organization":{"name":"…"}}}`.
 */
export function findingsOf(response: Values, locale: string): AddressFindings {
  const [geo, as] = [geoFields(response, locale), asFields(response)];
  return { ...(isFilled(geo) && { geo }), ...(isFilled(as) && { as }) };
}

function geoFields({ continent, country, registered_country: registered, city, location, postal, subdivisions }: Values, locale: string) {
  const land = objectOf(country ?? registered);
  const region = objectOf(Array.isArray(subdivisions) ? (subdivisions as unknown[])[0] : undefined);
  return defined({
    continent_code: textOf(objectOf(continent)["code"]),
    continent_name: nameOf(continent, locale),
    country_iso_code: textOf(land["iso_code"]),
    country_name: nameOf(land, locale),
    region_iso_code: regionCodeOf(textOf(land["iso_code"]), textOf(region["iso_code"])),
    region_name: nameOf(region, locale),
    city_name: nameOf(city, locale),
    postal_code: textOf(objectOf(postal)["code"]),
    timezone: textOf(objectOf(location)["time_zone"]),
    location: pointOf(objectOf(location)),
  });
}

function asFields({ autonomous_system_number: number, autonomous_system_organization: organization }: Values): Values {
  const name = textOf(organization);
  return defined({ number: typeof number === "number" ? number : undefined, organization: name === undefined ? undefined : { name } });
}

/** As ISO 3166-2 has it: `CN-SH`. */
function regionCodeOf(country: string | undefined, region: string | undefined): string | undefined {
  return country === undefined || region === undefined ? undefined : `${country}-${region}`;
}

/** A point that is none on Earth would make Elasticsearch refuse the document. */
function pointOf({ latitude, longitude }: Values): Values | undefined {
  if (typeof latitude !== "number" || typeof longitude !== "number") return undefined;
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { lat: latitude, lon: longitude } : undefined;
}

function nameOf(place: unknown, locale: string): string | undefined {
  const names = objectOf(objectOf(place)["names"]);
  return textOf(names[locale]) ?? textOf(names["en"]);
}

function objectOf(value: unknown): Values {
  return typeof value === "object" && value !== null ? (value as Values) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function defined(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function isFilled(values: Values): boolean {
  return Object.keys(values).length > 0;
}
