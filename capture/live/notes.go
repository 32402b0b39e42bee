package live

import "fmt"

// maxNotes is how many notes wait to be taken: an interface can go up and down
// all night while it is not asked for.
const maxNotes = 100

// notes are the remarks on interfaces since they were last taken.
type notes struct {
	texts []string
	more  int // that were not kept
}

func (n *notes) add(format string, args ...any) {
	if len(n.texts) == maxNotes {
		n.more++
		return
	}
	n.texts = append(n.texts, fmt.Sprintf(format, args...))
}

// take returns the notes and forgets them.
func (n *notes) take() []string {
	texts := n.texts
	if n.more > 0 {
		texts = append(texts, fmt.Sprintf("%d more changes of interfaces", n.more))
	}
	*n = notes{}
	return texts
}
