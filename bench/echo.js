// A server for aioapns alone, which wants its apns-id back; nghttpd does not give it. Arguments: port, key, certificate.
const [port, key, cert] = process.argv.slice(2), fs = require('fs');
const server = require('http2').createSecureServer({
  key: fs.readFileSync(key), cert: fs.readFileSync(cert), settings: {maxConcurrentStreams: 100},
});
server.on('stream', (stream, headers) => {
  stream.resume();
  stream.on('end', () => stream.respond({':status': 200, 'apns-id': headers['apns-id']}, {endStream: true}));
});
server.listen(Number(port), '127.0.0.1');
