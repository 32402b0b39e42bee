package analysis

import "ntlmtrace/analysis/trace"

// question is the function of a rule for one moment. Those of one moment are in
// one list: they are asked thousands of times a second.
type question[T any] struct {
	rank int // the place of the rule in rules.All
	ask  func(*trace.Index, T) []*trace.Finding
}

// nextQuestion is the same for a handshake and the next try.
type nextQuestion struct {
	rank int
	ask  func(ix *trace.Index, h, next *trace.Handshake) []*trace.Finding
}

// questions are the functions of all rules.
type questions struct {
	onHandshake, onLeave []question[*trace.Handshake]
	onSettled            []question[*trace.Handshake]
	onNested             []question[*trace.FrontRequest]
	onExchange           []question[*trace.Exchange]
	onNext               []nextQuestion
	onUnasked            []question[*trace.Behind]
	onEnd                []func(*trace.Index) []*trace.Finding // by rank; nil for most
	lasting              []bool                                // by rank: see newQuestions
}

// newQuestions returns the questions of rules for one analysis. The findings of
// a lasting rule are about all that was read: they hold until it does not
// report them any more, and happen once.
func newQuestions(rules []*trace.Rule, ix *trace.Index) questions {
	var out questions
	for i, r := range rules {
		q := r.Questions
		if r.New != nil {
			q = r.New(ix)
		}
		out.onHandshake = appendQuestion(out.onHandshake, i, q.OnHandshake)
		out.onNested = appendQuestion(out.onNested, i, q.OnNested)
		out.onUnasked = appendQuestion(out.onUnasked, i, q.OnUnasked)
		out.onExchange = appendQuestion(out.onExchange, i, q.OnExchange)
		out.onLeave = appendQuestion(out.onLeave, i, q.OnLeave)
		out.onSettled = appendQuestion(out.onSettled, i, q.OnSettled)
		if q.OnNext != nil {
			out.onNext = append(out.onNext, nextQuestion{i, q.OnNext})
		}
		out.onEnd = append(out.onEnd, q.OnEnd)
		out.lasting = append(out.lasting, q.OnEnd != nil && q.OnLeave == nil)
	}
	return out
}

// appendQuestion appends the question of the rule at rank, if it has one.
func appendQuestion[T any](list []question[T], rank int, ask func(*trace.Index, T) []*trace.Finding) []question[T] {
	if ask == nil {
		return list
	}
	return append(list, question[T]{rank, ask})
}
