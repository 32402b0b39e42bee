package capturetest_test

import (
	"fmt"
	"time"

	"ntlmtrace/capture/capturetest"
)

func Example() {
	pc, web := capturetest.NewHost("10.9.0.10"), capturetest.NewHost("10.9.0.20")
	c := capturetest.New()
	k := c.Dial(pc, web.At(80))
	k.Client(capturetest.Request("GET", "/", "web01.corp.example"))
	request := k.Frame()
	k.Server(capturetest.Response(200, 64))
	fmt.Println("request in frame", request.Number, "answer in frame", k.Frame().Number)
	k.Wait(30 * time.Second).Close()
	fmt.Println(len(c.Frames()), "frames")
	// Output:
	// request in frame 4 answer in frame 5
	// 9 frames
}
