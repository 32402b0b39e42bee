package tui

import (
	"fmt"
	"time"

	"ntlmtrace/cmd/ntlmtrace/internal/term"

	tea "charm.land/bubbletea/v2"
)

// screenEvery is how often the screen takes what is new on the board. What
// comes in between costs it nothing, however much that is.
const screenEvery = 200 * time.Millisecond

// screenProgram is a screen as bubbletea runs it. No panic leaves it: it ends
// the view, and the terminal is restored as after a quit.
type screenProgram struct {
	screen  *screen
	failure error // what went wrong in the screen
}

func newScreenProgram(l term.Look) *screenProgram {
	return &screenProgram{screen: &screen{board: newBoard(), look: l}}
}

// tickMsg is the time at which the screen takes what is new on the board.
type tickMsg time.Time

func tick() tea.Cmd {
	return tea.Tick(screenEvery, func(t time.Time) tea.Msg { return tickMsg(t) })
}

// Init implements tea.Model.
func (p *screenProgram) Init() tea.Cmd {
	return func() tea.Msg { return tickMsg(time.Now()) }
}

// Update implements tea.Model.
func (p *screenProgram) Update(msg tea.Msg) (m tea.Model, cmd tea.Cmd) {
	defer func() {
		if p.fails(recover()) {
			m, cmd = p, tea.Quit
		}
	}()
	switch msg := msg.(type) {
	case tickMsg:
		p.screen.tick(time.Time(msg))
		return p, tick()
	case tea.WindowSizeMsg:
		p.screen.resize(msg.Width, msg.Height)
	case tea.PasteMsg:
		p.screen.paste(msg.Content)
	case tea.KeyPressMsg:
		if p.screen.press(msg.String(), msg.Text) {
			return p, tea.Quit
		}
	}
	return p, nil
}

// View implements tea.Model. After a failure it shows nothing, and the next
// tick ends the view.
func (p *screenProgram) View() (v tea.View) {
	v.AltScreen = true
	if p.failure != nil {
		return v
	}
	defer func() { p.fails(recover()) }()
	v.Content = p.screen.view()
	return v
}

// fails notes what was recovered from a panic and reports whether the view is
// to end.
func (p *screenProgram) fails(recovered any) bool {
	if recovered != nil && p.failure == nil {
		p.failure = fmt.Errorf("a fault in the view: %v", recovered)
	}
	return p.failure != nil
}
