#!/bin/sh
# Signs in at a certified OpenID provider (npm package oidc-provider). Needs Node.js 20 or newer, OpenSSL 3 and npm's registry.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT

for tool in node npm openssl; do
    command -v "$tool" >/dev/null || { echo "NOT TRIED: $tool is not installed"; exit 0; }
done
npm ci --silent --no-audit --no-fund || { echo "NOT TRIED: npm cannot install the provider"; exit 0; }
new_key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc"
openssl req -x509 $new_key -days 2 -subj /CN=authority -keyout "$work/ca.key" -out "$work/ca.crt" 2>/dev/null
openssl req -x509 $new_key -days 2 -subj /CN=server -CA "$work/ca.crt" -CAkey "$work/ca.key" \
    -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
    -keyout "$work/server.key" -out "$work/server.crt" 2>/dev/null
openssl x509 -in ../auth/certificates/rsa.pem -pubkey -noout > "$work/app.pub"
node -e 'const c = require("node:crypto"), fs = require("node:fs");
    console.log(JSON.stringify({ ...c.createPublicKey(fs.readFileSync(process.argv[1])).export({ format: "jwk" }), use: "sig" }))' \
    "$work/app.pub" > "$work/app.jwk"
node server.mjs "$work" "$work/app.jwk" > "$work/port" 2> "$work/log" &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s "$work/port" ] && break; sleep 1; done

M365PHOTO_THIRD_PARTY=https://127.0.0.1:$(cat "$work/port") M365PHOTO_THIRD_PARTY_CA=$work/ca.crt \
    cargo test --workspace --test third_party || { cat "$work/log"; exit 1; }
