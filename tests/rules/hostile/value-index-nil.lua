-- a field of nothing
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = need.current_words.x.y
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
