import { TlsFiles } from "@gatelog/service-kit";
import type { ServerTls } from "../config/server-tls.ts";
import type { InputContext } from "./input.ts";

/**
 * The certificates of an input that listens, followed while it runs.
 *
 * @param onChange takes changed files into use; what it rejects with is logged, and the old ones stay
 */
export function serverTlsFiles(tls: ServerTls, { key, name, clock, reports }: InputContext, onChange: () => Promise<void>): TlsFiles {
  const { cert, key: keyFile, passphrase, ca } = tls;
  const files = { cert, key: keyFile, ...(passphrase !== undefined && { passphrase }), ...(ca !== undefined && { ca }) };
  const onUnusable = (error: unknown) => reports.tlsUnusable(name, error);
  const onReload = () => void onChange().then(() => reports.tlsReloaded(name), onUnusable);
  return new TlsFiles(files, { key: `${key}.tls`, clock, onReload, onUnusable });
}
