import { join } from "node:path";

/** The root of the checkout. */
export const repositoryRoot: string = join(import.meta.dirname, "../../..");

/** Where fetched servers and the data of `npm run infra` live. Removing it costs nothing but time. */
export const infraDirectory: string = join(repositoryRoot, ".infra");
