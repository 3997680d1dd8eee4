// Run as a process of its own by clickhouse.ts: the whole ClickHouse server, out of the shared library that the chdb
// package carries. Arguments: the library's path, then the command line of the engine's own program.
import { DataType, load, open } from 'ffi-rs';

const [library = '', ...argv] = process.argv.slice(2);
open({ library: 'chdb', path: library });
load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
});
