-- a text changed for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s, t = ("ab"):rep(120)
    while true do t = s:upper():lower() end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
