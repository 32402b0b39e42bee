package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// tokenKind says what a token is.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenOpen
	tokenClose
	tokenSlash
	tokenNot
	tokenAnd
	tokenOr
)

// token is a word or a sign of an expression.
type token struct {
	kind tokenKind
	text string // as written
	at   int    // where it begins in the expression
}

// describe names the token in an error.
func (t token) describe() string {
	if t.kind == tokenEnd {
		return "the expression ends"
	}
	return quoted(t.text)
}

// lexer divides an expression into tokens.
type lexer struct {
	expr string
	at   int
}

// errorAt makes the error that something is wrong at a place.
func (l *lexer) errorAt(at int, format string, args ...any) error {
	return &SyntaxError{Expr: l.expr, Column: at + 1, Text: fmt.Sprintf(format, args...)}
}

// signs are the signs of the language, the longer ones first.
var signs = []struct {
	text string
	kind tokenKind
}{
	{"&&", tokenAnd}, {"||", tokenOr}, {"!", tokenNot}, {"(", tokenOpen}, {")", tokenClose}, {"/", tokenSlash},
}

// next returns the next token, or a SyntaxError for what is none.
func (l *lexer) next() (token, error) {
	for l.at < len(l.expr) && strings.IndexByte(" \t\r\n", l.expr[l.at]) >= 0 {
		l.at++
	}
	rest := l.expr[l.at:]
	if rest == "" {
		return token{tokenEnd, "", l.at}, nil
	}
	n := 0
	for n < len(rest) && isWord(rest[n]) {
		n++
	}
	if n > 0 && rest[0] != '-' {
		return l.take(wordKind(rest[:n]), n), nil
	}
	if strings.HasPrefix(rest, "!=") {
		return token{}, l.refuse("!=")
	}
	for _, s := range signs {
		if strings.HasPrefix(rest, s.text) {
			return l.take(s.kind, len(s.text)), nil
		}
	}
	_, size := utf8.DecodeRuneInString(rest)
	return token{}, l.refuse(rest[:size])
}

// take makes the next n bytes a token.
func (l *lexer) take(k tokenKind, n int) token {
	t := token{k, l.expr[l.at : l.at+n], l.at}
	l.at += n
	return t
}

// refuse tells that a sign is not of the language.
func (l *lexer) refuse(sign string) error {
	switch sign {
	case "[", "]", "{", "}":
		return l.errorAt(l.at, "%s is not supported: bytes of packets cannot be compared", quoted(sign))
	case "=", "<", ">", "!=", "+", "-", "*", "&", "|", "^":
		return l.errorAt(l.at, "%s is not supported: nothing is calculated", quoted(sign))
	case `\`:
		return l.errorAt(l.at, "%s is not supported: write names without it", quoted(sign))
	case "%":
		return l.errorAt(l.at, "%s is not supported: addresses have no zone in packets", quoted(sign))
	}
	return l.errorAt(l.at, "%s is not expected here", quoted(sign))
}

// isWord reports whether c may be in a word: names, numbers and addresses are.
func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("._:-", c) >= 0
}

// wordKind tells the operators that are words from other words.
func wordKind(word string) tokenKind {
	switch word {
	case "and":
		return tokenAnd
	case "or":
		return tokenOr
	case "not":
		return tokenNot
	}
	return tokenWord
}
