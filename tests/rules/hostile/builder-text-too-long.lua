-- words longer than a text may be
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return true
  end,
  recommend = function(need, person, school)
    return shadowing { because = need.title .. ("x"):rep(400) }
  end,
}
