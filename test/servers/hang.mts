import { startClickHouse } from './clickhouse.ts';
import { embeddedDatabase } from './embedded.ts';
import { startPostgres15 } from './postgres.ts';
const c = await startClickHouse({shards:1}); await embeddedDatabase(); console.log(process.pid, c.urls, (await startPostgres15()).url);
setInterval(()=>{}, 1000);
