// A vendor for bench/urgent.py: takes FCM's pushes over HTTP/2 without TLS, and tells when one to an urgent token came.
const server = require('http2').createServer({settings: {maxConcurrentStreams: 100}});
server.on('stream', (stream) => {
  let body = '';
  stream.setEncoding('latin1');
  stream.on('data', (chunk) => { body += chunk; });
  stream.on('end', () => {
    const found = body.match(/"token":"urgent-(\d+)"/);
    if (found) process.stdout.write(`${found[1]} ${Date.now() / 1000}\n`);
    stream.respond({':status': 200}, {endStream: true});
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
