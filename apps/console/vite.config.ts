import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Builds the page to `dist/web`, next to the bundled `main.js` that serves it. Nothing is fetched from elsewhere at run time. */
export default defineConfig({
  root: join(import.meta.dirname, "web"),
  plugins: [react()],
  build: { outDir: join(import.meta.dirname, "dist/web"), emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 700 },
});
