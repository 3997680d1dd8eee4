// A worker that reads the lists while another thread writes them. Plain JavaScript, as a worker starts with it.
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { read } = await import('./reading.ts');
await read();
