import { defineConfig } from 'vite';

/** `dist` itself is the compiler's. */
export default defineConfig({
  base: './',
  build: { outDir: 'dist/page', chunkSizeWarningLimit: 2000 },
  // Bundled ahead of time, its binaries would be looked for beside the bundle.
  optimizeDeps: { exclude: ['@tensorflow/tfjs-backend-wasm'] },
});
