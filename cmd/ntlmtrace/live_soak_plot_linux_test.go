package main

import (
	"bytes"
	"fmt"
)

// soakPlot draws what a soak used over time, as SVG.
func soakPlot(samples []soakSampled) []byte {
	const width, height, left, gapBetween = 800, 150, 90, 60
	panels := []struct {
		title string
		of    func(soakSampled) float64
	}{
		{"resident memory, MiB", func(s soakSampled) float64 { return float64(s.resident) / (1 << 20) }},
		{"goroutines", func(s soakSampled) float64 { return float64(s.goroutines) }},
		{"descriptors", func(s soakSampled) float64 { return float64(s.descriptors) }},
		{"findings told", func(s soakSampled) float64 { return float64(s.findings) }},
	}
	end := max(samples[len(samples)-1].seconds, 1)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n",
		left+width+20, len(panels)*(height+gapBetween))
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	for i, p := range panels {
		top := i*(height+gapBetween) + 30
		most := 1.0
		for _, s := range samples {
			most = max(most, p.of(s)*1.1)
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="bold">%s</text>`+"\n", left, top-8, p.title)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#999"/>`+"\n", left, top, width, height)
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%.0f</text><text x="%d" y="%d" text-anchor="end">0</text>`+"\n", left-6, top+10, most, left-6, top+height)
		fmt.Fprintf(&b, `<text x="%d" y="%d">0</text><text x="%d" y="%d" text-anchor="end">%.0f s</text>`+"\n", left, top+height+15, left+width, top+height+15, end)
		fmt.Fprintf(&b, `<polyline fill="none" stroke="#05c" stroke-width="1.5" points="`)
		for _, s := range samples {
			fmt.Fprintf(&b, "%.1f,%.1f ", left+width*s.seconds/end, float64(top)+height*(1-p.of(s)/most))
		}
		b.WriteString("\"/>\n")
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
