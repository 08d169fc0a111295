/* library_openssl.c: a context of OpenSSL that is kept, one that is lost, and digests that are
 * freed, beside all that OpenSSL sets up and takes down itself.
 *
 * EXPECT definite under=lost_number blocks=1 bytes=24
 * EXPECT indirect under=lost_number blocks=1 bytes=64
 * EXPECT reachable under=kept_number blocks=2 bytes=88
 * EXPECT rest as valgrind
 */
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include "case.h"

BIGNUM *number;

STEP void kept_number(void)
{
    number = BN_new();
    MUST(BN_set_bit(number, 500));
}

STEP void lost_number(void)
{
    BIGNUM *lost = BN_new();
    MUST(BN_set_bit(lost, 500));
    KEEP(lost);
}

STEP void use_and_free(void)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    MUST(EVP_DigestInit_ex(context, EVP_sha256(), NULL) && EVP_DigestUpdate(context, "a", 1) &&
         EVP_DigestFinal_ex(context, digest, &length));
    EVP_MD_CTX_free(context);
    SSL_CTX *tls = SSL_CTX_new(TLS_method());
    MUST(tls);
    SSL_CTX_free(tls);
}

int main(void)
{
    use_and_free();
    kept_number();
    lost_number();
    forget();
    return 0;
}
