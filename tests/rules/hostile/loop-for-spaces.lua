-- a limit behind many spaces
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local spaces = (" "):rep(230) .. "1"
    while true do
      for i = 1, spaces do break end
    end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
