#!/bin/sh
# Makes the throw-away certificates of these tests anew. Needs OpenSSL 3. The keys protect nothing.
set -eu
cd "$(dirname "$0")"

subject=/CN=m365photo-test
make() { openssl req -x509 -newkey "$2" -noenc -keyout "$1.key" -out "$1.crt" -subj $subject -days 36500 2>/dev/null; }

make rsa rsa:2048
make other rsa:2048
openssl req -x509 -newkey rsa:1024 -noenc -keyout short.key -out short.crt -subj $subject -days 36500 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout ec.key -out ec.crt -subj $subject -days 36500 2>/dev/null
dated() {
    printf '[ca]\ndefault_ca=c\n[c]\ndatabase=index\nrand_serial=yes\ndefault_md=sha256\nnew_certs_dir=.\npolicy=p\n[p]\ncommonName=supplied\n' > ca.conf
    : > index
    openssl req -new -key rsa.key -subj $subject -out request
    openssl ca -config ca.conf -selfsign -batch -keyfile rsa.key -in request -startdate "$2" -enddate "$3" -out "$1" -notext 2>/dev/null
    rm -f ca.conf index* request ./*[0-9A-F].pem
}
dated expired.crt 20200101000000Z 20210101000000Z
dated early.crt 20900101000000Z 20910101000000Z

cat rsa.crt rsa.key > rsa.pem
cat expired.crt rsa.key > expired.pem
cat early.crt rsa.key > early.pem
cat other.crt rsa.crt rsa.key > chain.pem
cat other.crt rsa.key > mismatched.pem
cat short.crt short.key > short.pem
cat ec.crt ec.key > ec.pem
{ openssl rsa -in rsa.key -traditional 2>/dev/null; cat rsa.crt; } > pkcs1.pem
{ cat rsa.crt; openssl pkcs8 -topk8 -in rsa.key -v2 aes-256-cbc -passout pass:correct; } > encrypted.pem
{ cat rsa.crt; openssl rsa -in rsa.key -traditional -aes256 -passout pass:correct 2>/dev/null; } > old-encrypted.pem

pfx() { name=$1; password=$2; shift 2; openssl pkcs12 -export -inkey rsa.key -in rsa.crt -passout "pass:$password" -out "$name" "$@"; }
pfx modern.pfx correct
pfx triple-des.pfx correct -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1
pfx rc2.pfx correct -legacy
pfx empty.pfx ""
pfx unicode.pfx "pässwörd"
pfx chain.pfx correct -certfile other.crt
openssl pkcs12 -export -nokeys -in rsa.crt -passout pass:correct -out no-key.pfx
openssl pkcs12 -export -nocerts -inkey rsa.key -passout pass:correct -out no-certificate.pfx 2>/dev/null

rm -f rsa.key rsa.crt other.key other.crt short.key short.crt ec.key ec.crt expired.crt early.crt
