import { eraseCalls, type EraseRequest } from "@gatelog/database";
import { systemClock } from "@gatelog/pipeline";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { type CommandInput, readCommand } from "./arguments.ts";
import { refuseOracle } from "./refuse-oracle.ts";
import { stderrLine } from "./stderr-line.ts";
import { dayOrNone } from "./upkeep.ts";
import { withDatabase } from "./with-database.ts";

const text = { type: "string" } as const;
const options = { config: text, subject: text, key: text, project: text, from: text, to: text, "dry-run": { type: "boolean" } } as const;

/** Where copies may be that this command does not reach. */
const notTouched =
  "not touched: the topic and its dead letters, log files, Elasticsearch, a table of your own, backups; a record that is read again from the topic comes back, so repeat this when the topic's retention has passed";

/** `erase --config FILE --subject TEXT|--key TEXT`: the calls of a person, or of a document number. */
export const eraseCommand: AppCommand<Config> = {
  usage: "--config FILE --subject TEXT|--key TEXT [--project NAME] [--from DAY] [--to DAY] [--dry-run]: deletes calls and writes a receipt",
  details: [
    "--subject  calls whose caller, user or client address is exactly TEXT; --key: calls of the document number TEXT",
    "--from, --to  UTC days, both included; --dry-run counts and changes nothing",
    "prints the receipt as JSON, and keeps it in erasure_receipt without its `proof`; neither has TEXT",
    notTouched,
  ],
  async run(args, { loadConfig, print, onInterrupt }) {
    const input = readCommand("erase", args, options);
    const request = requestOf(input);
    const config = loadConfig(input.needed("config"));
    refuseOracle("erase", config, "delete the rows of interface_body and interface_log there by SQL");
    const stop = new AbortController();
    onInterrupt(() => stop.abort());
    const receipt = await withDatabase("erase", config, async (database) => {
      await database.checkMigrated();
      return database.withSession((session) => eraseCalls(session, request, { nowMs: systemClock.now(), signal: stop.signal }));
    });
    print(JSON.stringify(receipt));
    stderrLine(notTouched);
    if (!receipt.isComplete) throw new StartError("erase: interrupted; what was deleted stays deleted, start it again for the rest");
  },
};

function requestOf({ words, text: value, isSet }: CommandInput): EraseRequest {
  const [subject, key, project] = [value("subject"), value("key"), value("project")];
  if (words.length > 0 || (subject === undefined) === (key === undefined)) {
    throw new StartError("erase: say either --subject TEXT or --key TEXT");
  }
  const from = dayOrNone("erase", "from", value("from"));
  const to = dayOrNone("erase", "to", value("to"));
  if (from !== undefined && to !== undefined && from > to) throw new StartError("erase: --from is after --to");
  return {
    ...(subject === undefined ? { kind: "key", value: key ?? "" } : { kind: "subject", value: subject }),
    ...(project === undefined ? {} : { project }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    isDryRun: isSet("dry-run"),
  };
}
