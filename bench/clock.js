// A vendor that takes FCM's pushes over HTTP/2 without TLS. It prints the number in each push's data and the instant
// at which the push came, in seconds of the monotonic clock, which all processes of a machine share.
const server = require('http2').createServer({settings: {maxConcurrentStreams: 100}});
server.on('stream', (stream) => {
  let body = '';
  stream.setEncoding('latin1');
  stream.on('data', (chunk) => { body += chunk; });
  stream.on('end', () => {
    const found = body.match(/"number":"(\d+)"/);
    if (found) process.stdout.write(`${found[1]} ${Number(process.hrtime.bigint()) / 1e9}\n`);
    stream.respond({':status': 200}, {endStream: true});
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
