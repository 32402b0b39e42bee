package report

import (
	"reflect"
	"testing"
)

// TestJoinAddsEveryCounter fills every field of a Summary: one that join does
// not know would be lost.
func TestJoinAddsEveryCounter(t *testing.T) {
	var one Summary
	fill(reflect.ValueOf(&one).Elem())
	one.NotRead.NotDecoded = map[string]int64{"ARP": 1}
	got := Join([]Report{{Summary: one}, {Summary: one}}).Summary
	want := Summary{}
	want.add(&one)
	want.add(&one)
	if !reflect.DeepEqual(got, want) || got.NotRead.NotDecoded["ARP"] != 2 {
		t.Errorf("%+v", got)
	}
	check(t, "Summary", reflect.ValueOf(got))
}

// fill sets every number in v to 1.
func fill(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Int64:
			f.SetInt(1)
		case reflect.Struct:
			fill(f)
		}
	}
}

// check finds numbers in v that are not 2.
func check(t *testing.T, name string, v reflect.Value) {
	for i := range v.NumField() {
		name := name + "." + v.Type().Field(i).Name
		switch f := v.Field(i); f.Kind() {
		case reflect.Int64:
			if f.Int() != 2 {
				t.Errorf("%s is %d", name, f.Int())
			}
		case reflect.Struct:
			check(t, name, f)
		}
	}
}

func TestJoinSorts(t *testing.T) {
	low, high := &Finding{ID: 1, Severity: Low}, &Finding{ID: 2, Severity: High}
	hops := func(list ...Hop) Hops { return NewHops(len(list), func(i int) Hop { return list[i] }) }
	got := Join([]Report{
		{Findings: []*Finding{low}, Hops: hops(Hop{Connections: 3, HasFinding: true, Worst: Low}, Hop{Connections: 4})},
		{Findings: []*Finding{high}, Hops: hops(Hop{Connections: 1, HasFinding: true, Worst: High}, Hop{Connections: 2, HasFinding: true, Worst: Low, Denied: 1})},
	})
	if got.Findings[0] != high || got.Findings[1] != low {
		t.Errorf("findings %v", got.Findings)
	}
	var order []int
	for _, h := range got.Hops.All() {
		order = append(order, h.Connections)
	}
	if !reflect.DeepEqual(order, []int{1, 2, 3, 4}) {
		t.Errorf("hops in order %v", order)
	}
}
