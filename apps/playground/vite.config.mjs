import { defineConfig } from 'vite';

/** `dist` itself is the compiler's. */
export default defineConfig({
  base: './',
  build: { outDir: 'dist/page', chunkSizeWarningLimit: 2000 },
});
