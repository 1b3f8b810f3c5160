// One thread, so that runs beside each other and on machines of more cores give the same numbers. Read when TensorFlow loads.
process.env['TF_NUM_INTRAOP_THREADS'] ??= '1';
const { main } = await import('./main.js');
process.exitCode = await main(process.argv.slice(2));
