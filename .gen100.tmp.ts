import { makeFiles } from '/work/main/bench/data.ts';
const t=performance.now(); console.log(await makeFiles(1e8), (performance.now()-t)/1000);
