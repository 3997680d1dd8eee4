import { openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { countLines } from './src/files/cut.ts';
import { Decompress } from 'fzstd';
import { readFileSync } from 'node:fs';
const h=await open('/tmp/fb/big.csv'); const b=Buffer.allocUnsafeSlow(32<<20);
for (let k=0;k<2;k++){
let t=performance.now(); let n=0; for(let p=0;p<848061862;){const r=await h.read(b,0,b.length,p); p+=r.bytesRead; n++} console.log('read', 848/(performance.now()-t));
t=performance.now(); for(let i=0;i<26;i++)countLines(b); console.log('count', 26*33.5/(performance.now()-t));
t=performance.now(); const x=createHash('sha256'); for(let i=0;i<26;i++)x.update(b); console.log('hash', 26*33.5/(performance.now()-t));
t=performance.now(); for(let p=0;p<848061862;){const c=Buffer.allocUnsafeSlow(32<<20); const r=await h.read(c,0,c.length,p); p+=r.bytesRead;} console.log('read fresh', 848/(performance.now()-t));
}
const z=readFileSync('/tmp/fb/m.csv.zst').subarray(0,10e6); let out=0; let t=performance.now(); const d=new Decompress((x)=>{out+=x.length}); for(let i=0;i<z.length;i+=65536)d.push(z.subarray(i,i+65536)); console.log('fzstd MB/s', out/1000/(performance.now()-t));
