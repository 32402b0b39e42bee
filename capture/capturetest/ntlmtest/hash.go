package ntlmtest

import (
	"crypto/des"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"slices"
	"strings"

	//lint:ignore SA1019 NTLM is built on it
	"golang.org/x/crypto/md4"
)

// ntowfv1 is NTOWFv1 of MS-NLMP section 3.3.1.
func ntowfv1(password string) []byte { return md4sum(utf16le(password)) }

// lmowfv1 is LMOWFv1 of MS-NLMP section 3.3.1.
func lmowfv1(password string) []byte {
	key := make([]byte, 14)
	copy(key, strings.ToUpper(password))
	const magic = "KGS!@#$%"
	return append(desEncrypt(key[:7], []byte(magic)), desEncrypt(key[7:], []byte(magic))...)
}

// ntowfv2 is NTOWFv2 of MS-NLMP section 3.3.2: the user's case does not count,
// the domain's does.
func ntowfv2(user, domain, password string) []byte {
	return hmacMD5(ntowfv1(password), utf16le(strings.ToUpper(user)+domain))
}

// desl is DESL of MS-NLMP section 6: three encryptions of one challenge.
func desl(key, challenge []byte) []byte {
	k := append(slices.Clone(key), make([]byte, 5)...)
	return slices.Concat(desEncrypt(k[:7], challenge), desEncrypt(k[7:14], challenge), desEncrypt(k[14:21], challenge))
}

// desEncrypt spreads the 56 bits of key over the 8 bytes that DES takes.
func desEncrypt(key, data []byte) []byte {
	var bits uint64
	for _, b := range key {
		bits = bits<<8 | uint64(b)
	}
	k := make([]byte, 8)
	for i := range k {
		k[i] = byte(bits>>(49-7*i)) << 1
	}
	c, err := des.NewCipher(k)
	if err != nil {
		panic(err) // the key has 8 bytes
	}
	out := make([]byte, 8)
	c.Encrypt(out, data)
	return out
}

// ntlmv2 is the NTLMv2_RESPONSE of MS-NLMP section 2.2.2.8, with zeros after
// the AV pairs as their sender puts them there.
func ntlmv2(key, challenge, clientChallenge, timestamp, pairs []byte, zeros int) []byte {
	blob := slices.Concat([]byte{1, 1, 0, 0, 0, 0, 0, 0}, timestamp, clientChallenge, make([]byte, 4), pairs, make([]byte, zeros))
	return append(hmacMD5(key, challenge, blob), blob...)
}

// essChallenge is what NTLMv1 with extended session security encrypts instead
// of the server's challenge, MS-NLMP section 3.3.1.
func essChallenge(challenge, clientChallenge []byte) []byte {
	h := md5.Sum(append(slices.Clone(challenge), clientChallenge...))
	return h[:8]
}

func md4sum(b []byte) []byte {
	h := md4.New()
	h.Write(b)
	return h.Sum(nil)
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func rc4Crypt(key, data []byte) []byte {
	c, err := rc4.NewCipher(key)
	if err != nil {
		panic(err) // the key has 16 bytes
	}
	out := make([]byte, len(data))
	c.XORKeyStream(out, data)
	return out
}
