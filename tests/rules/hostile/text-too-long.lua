-- texts that are too long are cut
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing { because = ("words "):rep(38) }
  end,
}
