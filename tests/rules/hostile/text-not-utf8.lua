-- texts that are no UTF-8 are made fit
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing { because = "\xff\xfe and \u{d7ff}" }
  end,
}
