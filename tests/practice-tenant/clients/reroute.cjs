// Leads every TLS connection to the front port, as the hosts file would; the name that is asked for stays as it is.
"use strict";

const tls = require("tls");
const connect = tls.connect;

tls.connect = function (...given) {
  const options = given.find((value) => value && typeof value === "object");
  if (options && !options.socket) {
    options.servername = options.servername || options.host;
    options.host = options.hostname = "127.0.0.1";
    options.port = Number(process.env.FRONT_PORT);
  }
  return connect.apply(this, given);
};
