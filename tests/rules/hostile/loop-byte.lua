-- bytes of a text for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s, n = ("ab"):rep(120)
    while true do n = s:byte(-1) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
