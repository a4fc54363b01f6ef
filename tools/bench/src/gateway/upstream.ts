import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@gatelog/testkit";
import { benchDirectory } from "../clean-up.ts";
import { startNginx, type Nginx } from "../nginx.ts";

/** Answers that the sweep asks for, by size in bytes. */
export const answerBytes = [0, 1024, 16_384, 262_144, 1_048_576, 10_485_760] as const;

/** What `/api` answers, whatever it is asked: 100 bytes. */
export const smallAnswer = `{"code":"0","message":"成功","data":{"orderNo":"SO20181011180902","amount":128.5,"state":"PAID"}}`.padEnd(94);

/** The service behind every candidate: one nginx worker that reads the whole request and answers from memory or the page cache. */
export async function startUpstream(): Promise<Nginx> {
  const directory = await benchDirectory("upstream");
  mkdirSync(join(directory.path, "files"));
  for (const bytes of answerBytes) writeFileSync(join(directory.path, "files", String(bytes)), jsonOf(bytes));
  const port = await freePort();
  const nginx = await startNginx({ directory: directory.path, configuration: configurationOf(port), port });
  const stop = async () => {
    await nginx.stop();
    await directory.remove();
  };
  return { ...nginx, stop };
}

/** A list of orders of exactly so many bytes, padded by spaces; empty for 0. */
export function jsonOf(bytes: number): string {
  if (bytes === 0) return "";
  const items: string[] = [];
  let used = 2;
  for (let n = 0; ; n += 1) {
    const item = `{"orderNo":"SO2018${String(n).padStart(8, "0")}","customer":"张三","amount":${n % 1000},"state":"PAID"}`;
    used += Buffer.byteLength(item) + 1;
    if (used > bytes) break;
    items.push(item);
  }
  const text = `[${items.join(",")}]`;
  return text + " ".repeat(bytes - Buffer.byteLength(text));
}

function configurationOf(port: number): string {
  return `pid logs/nginx.pid;
worker_processes 1;
events { worker_connections 16384; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_buffer_size 16m;
  client_body_temp_path client_body_temp;
  default_type application/json;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=100;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      content_by_lua_block {
        ngx.req.read_body()
        ngx.header["Content-Length"] = ${Buffer.byteLength(smallAnswer)}
        ngx.print([==[${smallAnswer}]==])
      }
    }
    location /files/ { root .; }
  }
}
`;
}
