// One thread, so that the numbers do not depend on the number of cores. TensorFlow reads this when it is loaded.
process.env['TF_NUM_INTRAOP_THREADS'] ??= '1';
const { main } = await import('./main.js');
process.exitCode = await main(process.argv.slice(2));
