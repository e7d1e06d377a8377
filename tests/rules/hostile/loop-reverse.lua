-- a text turned round for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = ("ab"):rep(120)
    while true do s = s:reverse() end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
