// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestParse_keepsAStyleOverLinesUntilItEnds(t *testing.T) {
	t.Parallel()
	got := parse("a\x1b[1;32mb\nc\x1b[0m \x1b[4md\x1b[24me\x1b[m\n")
	want := [][]span{
		{{style{}, "a"}, {style{colour: "green", bold: true}, "b"}},
		{{style{colour: "green", bold: true}, "c"}, {style{}, " "}, {style{underline: true}, "d"}, {style{}, "e"}},
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %+v", got)
	}
}

func TestRender_isWellFormed(t *testing.T) {
	t.Parallel()
	image := render(`a "title" & more`, "<b>\x1b[31m]]> & 'x' ü 😀\n\n")
	for d := xml.NewDecoder(strings.NewReader(image)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, image)
		}
	}
	if !strings.Contains(image, `class="red">]]&gt; &amp; &#39;x&#39; ü 😀</text>`) {
		t.Errorf("the red text is missing in\n%s", image)
	}
}

func TestNormalize_makesTwoRunsEqual(t *testing.T) {
	t.Parallel()
	first := normalize("kusto_b: Creating...\nkusto_a: Creating...\nkusto_b: Creation complete after 1s [id=b]\nkusto_a: Creation complete after 0s [id=a]\n\nDone")
	second := normalize("kusto_a: Creating...\nkusto_a: Creation complete after 0s [id=a]\nkusto_b: Creating...\nkusto_b: Creation complete after 0s [id=b]\n\nDone")
	if first != second {
		t.Errorf("%s\n\nis not\n\n%s", first, second)
	}
}
